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

gulong parley_gtk_connect(
    gpointer object, const char *signal, GCallback handler, gpointer data, GClosureNotify destroy, gboolean after) {
  return g_signal_connect_data(object, signal, handler, data, destroy, after ? G_CONNECT_AFTER : (GConnectFlags)0);
}
