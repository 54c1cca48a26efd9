#include "authorities.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* OpenSSL would look into the environment for where they are, and open their files so that children inherit them. An authority's
 * file is read when a server's certificate names it: all of them together take megabytes. */

static BIO *open_file(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return NULL;
  BIO *file = BIO_new_fd(descriptor, BIO_CLOSE);
  if (file == NULL) close(descriptor);
  return file;
}

/* Returns how many certificates a file has brought. */
static int add_file(X509_STORE *store, const char *path) {
  int count = 0;
  BIO *file = open_file(path), *lines = BIO_new(BIO_f_buffer());
  if (file != NULL && lines != NULL) {
    BIO_push(lines, file);
    for (X509 *next; (next = PEM_read_bio_X509_AUX(lines, NULL, NULL, NULL)) != NULL; count++) {
      X509_STORE_add_cert(store, next);
      X509_free(next);
    }
    BIO_free_all(lines);
  } else {
    BIO_free(file);
    BIO_free(lines);
  }
  ERR_clear_error();
  return count;
}

/* ---- by name ----------------------------------------------------------------------------------------------------------------- */

/* The folder's files, or links, are named after the hash of the authority's name: 01234567.0, and .1 for another of the same. */
static int find(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *result) {
  if (type != X509_LU_X509 || name == NULL) return 0;
  X509_STORE *store = X509_LOOKUP_get_store(lookup);
  int is_hashed = 0;
  unsigned long hash = X509_NAME_hash_ex(name, NULL, NULL, &is_hashed);
  if (!is_hashed) return 0;
  for (int number = 0; number < 16; number++) {
    char path[512];
    if (snprintf(path, sizeof path, "%s/%08lx.%d", X509_get_default_cert_dir(), hash, number) >= (int)sizeof path) break;
    if (add_file(store, path) == 0) break;
  }
  int is_found = 0;
  X509_STORE_lock(store);
  STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
  X509_OBJECT *object = X509_OBJECT_retrieve_by_subject(objects, type, name);
  X509 *certificate = object != NULL ? X509_OBJECT_get0_X509(object) : NULL;
  if (certificate != NULL && X509_OBJECT_set1_X509(result, certificate) == 1) {
    /* The caller counts the reference that it takes, and the store has one. */
    X509_free(certificate);
    is_found = 1;
  }
  X509_STORE_unlock(store);
  ERR_clear_error();
  return is_found;
}

/* Stays as long as the process: stores of all engines have it. */
static X509_LOOKUP_METHOD *method;

static void make_method(void) {
  method = X509_LOOKUP_meth_new("parley");
  if (method != NULL) X509_LOOKUP_meth_set_get_by_subject(method, find);
}

static int add_folder(X509_STORE *store) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_method);
  return method != NULL && X509_STORE_add_lookup(store, method) != NULL;
}

/* Whether a folder has files that are named so. */
static int has_hashes(const char *path) {
  int is_found = 0;
  DIR *folder = opendir(path);
  if (folder == NULL) return 0;
  for (struct dirent *entry; !is_found && (entry = readdir(folder)) != NULL;)
    is_found = strlen(entry->d_name) == 10 && strspn(entry->d_name, "0123456789abcdef") == 8 && entry->d_name[8] == '.';
  closedir(folder);
  return is_found;
}

int parley_trust_authorities(X509_STORE *store) {
  if (has_hashes(X509_get_default_cert_dir())) return add_folder(store);
  const char *bundles[] = {X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt",
                           "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
  for (size_t index = 0; index < sizeof bundles / sizeof *bundles; index++)
    if (add_file(store, bundles[index]) > 0) break;
  return 1;
}
