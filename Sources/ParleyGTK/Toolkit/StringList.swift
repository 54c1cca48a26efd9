import CGTK
import Glibc

// A GtkStringList is the model of lists whose rows are looked up by their place.

/// Removes and adds items with one signal.
func splice(_ list: OpaquePointer, at place: Int, removing: Int, adding texts: [String]) {
  let copies = texts.map { UnsafePointer<CChar>(strdup($0)) }
  gtk_string_list_splice(list, guint(clamping: place), guint(clamping: removing), copies + [nil])
  for copy in copies { free(UnsafeMutablePointer(mutating: copy)) }
}

/// Makes its items those given.
func replace(_ list: OpaquePointer, with texts: [String]) {
  splice(list, at: 0, removing: Int(g_list_model_get_n_items(list)), adding: texts)
}
