#include "CGTK.h"

#include <string.h>

/* The compiler puts the files in and rebuilds when one changes: nothing is generated, nothing can be out of date. */
#pragma clang diagnostic ignored "-Wc23-extensions"

#define FILE_BEGIN(name) static const char name[] = {
#define FILE_END , 0};

FILE_BEGIN(style)
#embed "../ParleyGTK/Data/style.css"
FILE_END
FILE_BEGIN(window)
#embed "../ParleyGTK/Data/window.ui"
FILE_END
FILE_BEGIN(sidebar)
#embed "../ParleyGTK/Data/sidebar.ui"
FILE_END
FILE_BEGIN(conversation)
#embed "../ParleyGTK/Data/conversation.ui"
FILE_END
FILE_BEGIN(welcome)
#embed "../ParleyGTK/Data/welcome.ui"
FILE_END
FILE_BEGIN(join)
#embed "../ParleyGTK/Data/join.ui"
FILE_END
FILE_BEGIN(switcher)
#embed "../ParleyGTK/Data/switcher.ui"
FILE_END
FILE_BEGIN(sign_in)
#embed "../ParleyGTK/Data/sign-in.ui"
FILE_END
FILE_BEGIN(network)
#embed "../ParleyGTK/Data/network.ui"
FILE_END
FILE_BEGIN(text)
#embed "../ParleyGTK/Data/text.ui"
FILE_END
FILE_BEGIN(shortcuts)
#embed "../ParleyGTK/Data/shortcuts.ui"
FILE_END

static const struct {
  const char *name;
  const char *text;
} resources[] = {
    {"style.css", style},
    {"window.ui", window},
    {"sidebar.ui", sidebar},
    {"conversation.ui", conversation},
    {"welcome.ui", welcome},
    {"join.ui", join},
    {"switcher.ui", switcher},
    {"sign-in.ui", sign_in},
    {"network.ui", network},
    {"text.ui", text},
    {"shortcuts.ui", shortcuts},
};

const char *parley_gtk_resource(const char *name) {
  for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
    if (strcmp(resources[i].name, name) == 0) return resources[i].text;
  }
  return NULL;
}
