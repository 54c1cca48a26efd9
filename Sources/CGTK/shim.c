#include "CGTK.h"

void parley_gtk_set_label(GtkWidget *widget, const char *label) {
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

GtkWidget *parley_gtk_alert_new(void) {
  return g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT, "spacing", 12, NULL);
}

void parley_gtk_name_parts(GtkWidget *widget) {
  GtkAccessible *accessible = GTK_ACCESSIBLE(widget);
  const char *type = G_OBJECT_TYPE_NAME(widget);
  if (GTK_IS_BUTTON(widget) && gtk_button_get_label(GTK_BUTTON(widget)) != NULL) {
    /* GTK would say the label twice, once with its underscore. */
    gtk_accessible_update_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
  } else if (
      !gtk_test_accessible_has_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) &&
      !(GTK_IS_LABEL(widget) && *gtk_label_get_text(GTK_LABEL(widget)) != 0) &&
      !(GTK_IS_IMAGE(widget) && GTK_IS_BUTTON(gtk_widget_get_parent(widget))) &&
      !GTK_IS_LIST_BOX_ROW(widget) && (g_str_has_prefix(type, "Gtk") || g_str_has_prefix(type, "Adw"))) {
    gtk_accessible_update_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child)) {
    if (GTK_IS_STACK(widget)) {
      GtkAccessible *page = GTK_ACCESSIBLE(gtk_stack_get_page(GTK_STACK(widget), child));
      if (!gtk_test_accessible_has_property(page, GTK_ACCESSIBLE_PROPERTY_LABEL)) {
        gtk_accessible_update_property(page, GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
      }
    }
    parley_gtk_name_parts(child);
  }
}

GtkWidget *parley_gtk_message_dialog_new(GtkWindow *parent, const char *heading, const char *body) {
  GtkWidget *dialog = adw_message_dialog_new(parent, NULL, NULL);
  /* Set as properties: the functions take formats, and these texts are no formats. */
  g_object_set(dialog, "heading", heading, "body", body, NULL);
  return dialog;
}

void parley_gtk_label_without_hyphens(GtkWidget *label) {
  PangoAttrList *attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  gtk_label_set_attributes(GTK_LABEL(label), attributes);
  pango_attr_list_unref(attributes);
}

static void text_inserted(GtkTextBuffer *buffer, GtkTextIter *end, const char *text, int size, gpointer tag) {
  GtkTextIter start = *end;
  gtk_text_iter_backward_chars(&start, (int)g_utf8_strlen(text, size));
  gtk_text_buffer_apply_tag(buffer, tag, &start, end);
}

void parley_gtk_buffer_without_hyphens(GtkTextBuffer *buffer) {
  GtkTextTag *tag = gtk_text_buffer_create_tag(buffer, NULL, "insert-hyphens", FALSE, NULL);
  g_signal_connect_after(buffer, "insert-text", G_CALLBACK(text_inserted), tag);
}

gboolean parley_gtk_clipboard_has_files(GtkWidget *widget) {
  GdkContentFormats *formats = gdk_clipboard_get_formats(gtk_widget_get_clipboard(widget));
  if (gdk_content_formats_contain_gtype(formats, GDK_TYPE_FILE_LIST)) return TRUE;
  /* Offices offer cells and paragraphs as pictures, too. */
  return gdk_content_formats_contain_gtype(formats, GDK_TYPE_TEXTURE) &&
      !gdk_content_formats_contain_gtype(formats, G_TYPE_STRING);
}

gulong parley_gtk_connect(
    gpointer object, const char *signal, GCallback handler, gpointer data, GClosureNotify destroy, gboolean after) {
  return g_signal_connect_data(object, signal, handler, data, destroy, after ? G_CONNECT_AFTER : (GConnectFlags)0);
}
