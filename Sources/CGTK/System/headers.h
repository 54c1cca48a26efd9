/* GTK and libadwaita: this module only makes the package manager ask pkg-config for their flags. Swift imports CGTK. */
#ifndef PARLEY_CGTK_SYSTEM_H
#define PARLEY_CGTK_SYSTEM_H

#include <adwaita.h>
#include <glib-unix.h>

#endif
