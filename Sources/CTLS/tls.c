#include "ctls.h"

#include "authorities.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct parley_tls_context {
  SSL_CTX *ssl;
};

struct parley_tls {
  SSL *ssl;
  BIO *incoming, *outgoing; /* belong to ssl */
  int has_begun;            /* bytes have come */
  int is_plaintext;
};

/* No configuration file of the system's is read, and nothing is left to run when the process exits. A host that has used OpenSSL before
 * has decided otherwise already. */
static void prepare(void) { OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL); }

/* OpenSSL asks on the terminal by itself. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context) {
  (void)buffer, (void)size, (void)is_writing, (void)context;
  return -1;
}

/* ---- our certificate --------------------------------------------------------------------------------------------------------- */

static int use_certificate(SSL_CTX *ssl, const void *pem, size_t size) {
  int result = PARLEY_TLS_NO_CERTIFICATE;
  BIO *bytes = size <= INT32_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
  if (bytes == NULL) return PARLEY_TLS_NO_MEMORY;
  X509 *certificate = PEM_read_bio_X509_AUX(bytes, NULL, no_passphrase, NULL);
  if (certificate != NULL && SSL_CTX_use_certificate(ssl, certificate) == 1) {
    result = PARLEY_TLS_DONE;
    for (X509 *next; (next = PEM_read_bio_X509(bytes, NULL, no_passphrase, NULL)) != NULL;)
      if (SSL_CTX_add0_chain_cert(ssl, next) != 1) {
        X509_free(next);
        result = PARLEY_TLS_NO_CERTIFICATE;
        break;
      }
  }
  X509_free(certificate);
  BIO_free(bytes);
  return result;
}

static int use_key(SSL_CTX *ssl, const void *pem, size_t size) {
  BIO *bytes = BIO_new_mem_buf(pem, (int)size);
  if (bytes == NULL) return PARLEY_TLS_NO_MEMORY;
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bytes, NULL, no_passphrase, NULL);
  int is_used = key != NULL && SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
  EVP_PKEY_free(key);
  BIO_free(bytes);
  return is_used ? PARLEY_TLS_DONE : PARLEY_TLS_NO_KEY;
}

/* ---- contexts ---------------------------------------------------------------------------------------------------------------- */

static int fill(SSL_CTX *ssl, int is_verified, const void *pem, size_t size) {
  if (SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1) return PARLEY_TLS_NO_MEMORY;
  /* Writing never waits for the server's part of a new handshake. */
  SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
  if (is_verified) {
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    if (!parley_trust_authorities(SSL_CTX_get_cert_store(ssl))) return PARLEY_TLS_NO_MEMORY;
  } else {
    /* The fingerprint says who it is: what vouches for it may be old. */
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    if (SSL_CTX_get_security_level(ssl) > 1) SSL_CTX_set_security_level(ssl, 1);
  }
  if (pem == NULL) return PARLEY_TLS_DONE;
  int result = use_certificate(ssl, pem, size);
  return result == PARLEY_TLS_DONE ? use_key(ssl, pem, size) : result;
}

parley_tls_context *parley_tls_context_new(int is_verified, const void *pem, size_t size, int *failure) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  parley_tls_context *context = calloc(1, sizeof *context);
  *failure = PARLEY_TLS_NO_MEMORY;
  if (context == NULL) return NULL;
  context->ssl = SSL_CTX_new(TLS_client_method());
  if (context->ssl != NULL) *failure = fill(context->ssl, is_verified, pem, size);
  ERR_clear_error();
  if (*failure == PARLEY_TLS_DONE) return context;
  parley_tls_context_free(context);
  return NULL;
}

void parley_tls_context_free(parley_tls_context *context) {
  if (context == NULL) return;
  SSL_CTX_free(context->ssl);
  free(context);
}

/* ---- connections ------------------------------------------------------------------------------------------------------------- */

/* Whose certificate it has to be. RFC 6066, section 3: literal addresses are not names, and are not sent. */
static int expect(SSL *ssl, const char *host, int is_address) {
  X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
  if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

parley_tls *parley_tls_new(parley_tls_context *context, const char *host, int is_address) {
  parley_tls *tls = calloc(1, sizeof *tls);
  if (tls == NULL) return NULL;
  tls->ssl = SSL_new(context->ssl);
  tls->incoming = BIO_new(BIO_s_mem());
  tls->outgoing = BIO_new(BIO_s_mem());
  if (tls->ssl == NULL || tls->incoming == NULL || tls->outgoing == NULL) {
    BIO_free(tls->incoming);
    BIO_free(tls->outgoing);
    SSL_free(tls->ssl);
    free(tls);
    ERR_clear_error();
    return NULL;
  }
  BIO_set_mem_eof_return(tls->incoming, -1);
  SSL_set_bio(tls->ssl, tls->incoming, tls->outgoing);
  SSL_set_connect_state(tls->ssl);
  if (!expect(tls->ssl, host, is_address)) {
    parley_tls_free(tls);
    tls = NULL;
  }
  ERR_clear_error();
  return tls;
}

void parley_tls_free(parley_tls *tls) {
  if (tls == NULL) return;
  SSL_free(tls->ssl);
  free(tls);
}

int parley_tls_put(parley_tls *tls, const void *bytes, size_t size) {
  /* A server without TLS begins with letters, TLS with a record of a handshake or of an alert. */
  if (!tls->has_begun && size > 0) {
    uint8_t first = *(const uint8_t *)bytes;
    tls->is_plaintext = first != SSL3_RT_HANDSHAKE && first != SSL3_RT_ALERT;
    tls->has_begun = 1;
  }
  size_t count = 0;
  if (size == 0 || BIO_write_ex(tls->incoming, bytes, size, &count) == 1) return PARLEY_TLS_DONE;
  ERR_clear_error();
  return PARLEY_TLS_NO_MEMORY;
}

size_t parley_tls_waiting(parley_tls *tls) { return BIO_ctrl_pending(tls->outgoing); }

size_t parley_tls_take(parley_tls *tls, void *bytes, size_t capacity) {
  size_t count = 0;
  if (BIO_read_ex(tls->outgoing, bytes, capacity, &count) != 1) count = 0;
  ERR_clear_error();
  return count;
}

/* Why OpenSSL has given up. */
static int reason(void) {
  unsigned long error = ERR_peek_error();
  int code = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return PARLEY_TLS_BROKEN;
  switch (code) {
  case SSL_R_CERTIFICATE_VERIFY_FAILED: return PARLEY_TLS_UNTRUSTED;
  case SSL_R_WRONG_VERSION_NUMBER: case SSL_R_HTTP_REQUEST: return PARLEY_TLS_PLAINTEXT;
  case SSL_R_UNSUPPORTED_PROTOCOL: case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: case SSL_R_VERSION_TOO_LOW:
  case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY: return PARLEY_TLS_OUTDATED;
  case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return PARLEY_TLS_UNWILLING;
  case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE: case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED: case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN: case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
  case SSL_R_TLSV1_ALERT_ACCESS_DENIED: case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return PARLEY_TLS_REFUSED;
  default: return PARLEY_TLS_BROKEN;
  }
}

static int outcome(parley_tls *tls, int returned) {
  int result;
  switch (SSL_get_error(tls->ssl, returned)) {
  case SSL_ERROR_NONE: result = PARLEY_TLS_DONE; break;
  case SSL_ERROR_WANT_READ: case SSL_ERROR_WANT_WRITE: result = PARLEY_TLS_WANTS_BYTES; break;
  case SSL_ERROR_ZERO_RETURN: result = PARLEY_TLS_ENDED; break;
  case SSL_ERROR_SSL: result = reason(); break;
  default: result = PARLEY_TLS_BROKEN; break;
  }
  ERR_clear_error();
  return result;
}

int parley_tls_handshake(parley_tls *tls) {
  if (tls->is_plaintext) return PARLEY_TLS_PLAINTEXT;
  ERR_clear_error();
  return outcome(tls, SSL_do_handshake(tls->ssl));
}

int parley_tls_distrust(parley_tls *tls) {
  switch (SSL_get_verify_result(tls->ssl)) {
  case X509_V_ERR_CERT_HAS_EXPIRED: return PARLEY_DISTRUST_EXPIRED;
  case X509_V_ERR_CERT_NOT_YET_VALID: return PARLEY_DISTRUST_NOT_YET;
  case X509_V_ERR_HOSTNAME_MISMATCH: case X509_V_ERR_IP_ADDRESS_MISMATCH: return PARLEY_DISTRUST_NAME;
  default: return PARLEY_DISTRUST_UNKNOWN;
  }
}

int parley_tls_fingerprint(parley_tls *tls, uint8_t digest[32]) {
  unsigned int size = 0;
  X509 *certificate = SSL_get1_peer_certificate(tls->ssl);
  int is_known = certificate != NULL && X509_digest(certificate, EVP_sha256(), digest, &size) == 1 && size == 32;
  X509_free(certificate);
  ERR_clear_error();
  return is_known ? PARLEY_TLS_DONE : PARLEY_TLS_BROKEN;
}

int parley_tls_read(parley_tls *tls, void *bytes, size_t capacity, size_t *count) {
  *count = 0;
  ERR_clear_error();
  return outcome(tls, SSL_read_ex(tls->ssl, bytes, capacity, count));
}

int parley_tls_write(parley_tls *tls, const void *bytes, size_t size) {
  size_t count = 0;
  if (size == 0) return PARLEY_TLS_DONE;
  ERR_clear_error();
  return outcome(tls, SSL_write_ex(tls->ssl, bytes, size, &count));
}

void parley_tls_end(parley_tls *tls) {
  ERR_clear_error();
  SSL_shutdown(tls->ssl);
  ERR_clear_error();
}
