/* GTK 4 and libadwaita for Swift, and what Swift cannot import from them: macros with casts, functions with variable arguments. */
#ifndef PARLEY_CGTK_H
#define PARLEY_CGTK_H

#include <adwaita.h>
#include <glib-unix.h>

/* A text of the interface that is compiled into the program: "window.ui", "style.css" …; NULL if there is none of that name. */
const char *parley_gtk_resource(const char *name);

/* What a screen reader calls a widget. */
void parley_gtk_set_label(GtkWidget *widget, const char *label);

/* A horizontal box that screen readers announce when it appears. Roles are fixed when a widget is made. */
GtkWidget *parley_gtk_alert_new(void);

/* Keeps GTK from calling what is inside a widget by the names of classes: parts that only hold others together, and buttons that
 * show their name already. */
void parley_gtk_name_parts(GtkWidget *widget);

/* A dialog with a heading and a text; answers are added by adw_message_dialog_add_response(). */
GtkWidget *parley_gtk_message_dialog_new(GtkWindow *parent, const char *heading, const char *body);

/* Keeps a label from showing a hyphen where it breaks a word: in a link or a name it would look like a part of it. */
void parley_gtk_label_without_hyphens(GtkWidget *label);

/* The same for everything that is put into a buffer from now on. */
void parley_gtk_buffer_without_hyphens(GtkTextBuffer *buffer);

/* The clipboard holds a picture or files, and no text. GTK would paste their bytes or addresses as text. */
gboolean parley_gtk_clipboard_has_files(GtkWidget *widget);

/* g_signal_connect_data() for a handler of any signature. */
gulong parley_gtk_connect(
    gpointer object, const char *signal, GCallback handler, gpointer data, GClosureNotify destroy, gboolean after);

#endif
