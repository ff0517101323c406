# A small window from which the files that are named as arguments can be dragged.
import sys
import gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

window = Gtk.Window(title="drag source")
window.set_default_size(120, 60)
window.set_keep_above(True)
window.move(4, 4)
handle = Gtk.EventBox()
handle.add(Gtk.Label(label="drag me"))
window.add(handle)
handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [Gtk.TargetEntry.new("text/uri-list", 0, 0)], Gdk.DragAction.COPY)
uris = [GLib.filename_to_uri(path, None) for path in sys.argv[1:]]
handle.connect("drag-data-get", lambda _widget, _context, selection, _info, _time: selection.set_uris(uris))
window.show_all()
Gtk.main()
