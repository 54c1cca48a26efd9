/* The certificates of the system's authorities. */
#ifndef PARLEY_AUTHORITIES_H
#define PARLEY_AUTHORITIES_H

#include <openssl/x509.h>

/* Lets a store find them. Returns 0 if there is no memory. */
#pragma GCC visibility push(hidden)
int parley_trust_authorities(X509_STORE *store);
#pragma GCC visibility pop

#endif
