/* TLS as a client, by OpenSSL, over bytes in memory: sockets are the caller's. No header of OpenSSL is seen from outside. */
#ifndef PARLEY_CTLS_H
#define PARLEY_CTLS_H

#include <stddef.h>
#include <stdint.h>

/* The library exports what parley.h declares, and nothing of this. */
#pragma GCC visibility push(hidden)

/* What a function has done, or why it has not. */
enum {
  PARLEY_TLS_DONE = 0,
  PARLEY_TLS_WANTS_BYTES = 1,   /* needs bytes from the server first */
  PARLEY_TLS_ENDED = 2,         /* the server has said that nothing more will come */
  PARLEY_TLS_PLAINTEXT = 3,     /* the server's first bytes are not TLS */
  PARLEY_TLS_UNTRUSTED = 4,     /* see parley_tls_distrust() */
  PARLEY_TLS_OUTDATED = 5,      /* the server has no version of TLS that is safe */
  PARLEY_TLS_REFUSED = 6,       /* the server does not take our certificate, or wants one */
  PARLEY_TLS_BROKEN = 7,        /* anything else: the connection is of no use any more */
  PARLEY_TLS_NO_MEMORY = 8,
  PARLEY_TLS_NO_CERTIFICATE = 9, /* a file holds no certificate in PEM form */
  PARLEY_TLS_NO_KEY = 10,        /* a file holds no private key, without a passphrase, that belongs to its certificate */
  PARLEY_TLS_UNWILLING = 11      /* the server refuses to begin; some do so where they expect no TLS */
};

/* Why a certificate is not trusted. */
enum {
  PARLEY_DISTRUST_UNKNOWN = 0, /* no authority of the system vouches for it */
  PARLEY_DISTRUST_EXPIRED = 1,
  PARLEY_DISTRUST_NOT_YET = 2, /* by this machine's clock */
  PARLEY_DISTRUST_NAME = 3     /* it is another host's */
};

/* What connections have in common: our certificate, and whom to trust. */
typedef struct parley_tls_context parley_tls_context;
/* One connection. */
typedef struct parley_tls parley_tls;

/* Makes a context, or returns NULL and stores why.
 * is_verified: the server needs a certificate that an authority of the system's vouches for, with the host's name.
 * pem: our certificate, those that vouch for it, and its key; NULL: none. */
parley_tls_context *parley_tls_context_new(int is_verified, const void *pem, size_t size, int *failure);
void parley_tls_context_free(parley_tls_context *context);

/* Makes a connection; NULL: no memory. host: its name, or its address if is_address. */
parley_tls *parley_tls_new(parley_tls_context *context, const char *host, int is_address);
void parley_tls_free(parley_tls *tls);

/* Takes bytes that the server has sent. DONE or NO_MEMORY. */
int parley_tls_put(parley_tls *tls, const void *bytes, size_t size);
/* How many bytes wait to be sent, and copies of the first of them. */
size_t parley_tls_waiting(parley_tls *tls);
size_t parley_tls_take(parley_tls *tls, void *bytes, size_t capacity);

int parley_tls_handshake(parley_tls *tls);
/* PARLEY_DISTRUST_… after UNTRUSTED. */
int parley_tls_distrust(parley_tls *tls);
/* SHA-256 of the server's certificate. DONE, or BROKEN if it has shown none. */
int parley_tls_fingerprint(parley_tls *tls, uint8_t digest[32]);

/* Reads what the server has said. DONE: *count bytes were read. */
int parley_tls_read(parley_tls *tls, void *bytes, size_t capacity, size_t *count);
/* Says something. DONE: all of it waits to be sent. */
int parley_tls_write(parley_tls *tls, const void *bytes, size_t size);
/* Says that nothing more will come. */
void parley_tls_end(parley_tls *tls);

#pragma GCC visibility pop

#endif
