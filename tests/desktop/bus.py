# A desktop's tray and notifications on the session bus. Prints each call as a line ("tray",
# "notify SUMMARY | BODY"), and clicks the item of the tray's menu that standard input names ("choose TEXT").
import sys
import threading
from gi.repository import Gio, GLib

TRAY = """<node><interface name="org.kde.StatusNotifierWatcher">
<method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
<method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
<property name="RegisteredStatusNotifierItems" type="as" access="read"/>
<property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
<property name="ProtocolVersion" type="i" access="read"/>
</interface></node>"""
NOTIFICATIONS = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/></method>
</interface></node>"""
items = []


def report(text):
    print(text, flush=True)


def handle_call(bus, sender, path, interface, method, arguments, invocation):
    values = arguments.unpack()
    if method == "RegisterStatusNotifierItem":
        items.append((sender, values[0] if values[0].startswith("/") else "/StatusNotifierItem"))
        report("tray")
        invocation.return_value(None)
    elif method == "Notify":
        report(f"notify {values[3]} | {values[4]}")
        invocation.return_value(GLib.Variant("(u)", (1,)))
    elif method == "GetCapabilities":
        invocation.return_value(GLib.Variant("(as)", (["body"],)))
    elif method == "GetServerInformation":
        invocation.return_value(GLib.Variant("(ssss)", ("test", "test", "1", "1.2")))
    else:
        invocation.return_value(None)


def get_property(bus, sender, path, interface, name):
    values = {
        "RegisteredStatusNotifierItems": GLib.Variant("as", [sender + path for sender, path in items]),
        "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
        "ProtocolVersion": GLib.Variant("i", 0),
    }
    return values[name]


def click_menu_item(text):
    sender, path = items[-1]
    call = lambda path, interface, method, arguments: bus.call_sync(
        sender, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 300_000, None
    ).unpack()
    menu = call(path, "org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", ("org.kde.StatusNotifierItem", "Menu")))[0]
    _, (_, _, entries) = call(menu, "com.canonical.dbusmenu", "GetLayout", GLib.Variant("(iias)", (0, -1, [])))
    for number, properties, _ in entries:
        if properties.get("label", "").replace("_", "") == text:
            event = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
            call(menu, "com.canonical.dbusmenu", "Event", event)
            return report(f"chosen {text}")
    report(f"no {text} in {entries}")


def read_commands():
    for line in sys.stdin:
        GLib.idle_add(click_menu_item, line.strip().removeprefix("choose "))
    GLib.idle_add(loop.quit)


bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
for name, path, description in [
    ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", TRAY),
    ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTIFICATIONS),
]:
    interface = Gio.DBusNodeInfo.new_for_xml(description).interfaces[0]
    bus.register_object(path, interface, handle_call, get_property, None)
    Gio.bus_own_name_on_connection(bus, name, Gio.BusNameOwnerFlags.NONE, None, None)
loop = GLib.MainLoop()
threading.Thread(target=read_commands, daemon=True).start()
GLib.idle_add(report, "ready")
loop.run()
