/* OpenSSL: this module only makes the package manager ask pkg-config for its flags. Swift imports CTLS, because OpenSSL's headers
 * declare the names that BoringSSL's do, which the server has. */
#ifndef PARLEY_CTLS_SYSTEM_H
#define PARLEY_CTLS_SYSTEM_H

#include <openssl/ssl.h>

#endif
