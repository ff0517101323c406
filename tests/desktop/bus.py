# What a desktop brings: a tray and notifications, on the session bus. Says what they are given, a line each
# ("tray", "notify SUMMARY | BODY"), and chooses from the tray's menu what standard input names ("choose TEXT").
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
NOTES = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/></method>
</interface></node>"""
items = []


def say(text):
    print(text, flush=True)


def called(bus, sender, path, interface, method, arguments, invocation):
    values = arguments.unpack()
    if method == "RegisterStatusNotifierItem":
        items.append((sender, values[0] if values[0].startswith("/") else "/StatusNotifierItem"))
        say("tray")
        invocation.return_value(None)
    elif method == "Notify":
        say(f"notify {values[3]} | {values[4]}")
        invocation.return_value(GLib.Variant("(u)", (1,)))
    elif method == "GetCapabilities":
        invocation.return_value(GLib.Variant("(as)", (["body"],)))
    elif method == "GetServerInformation":
        invocation.return_value(GLib.Variant("(ssss)", ("test", "test", "1", "1.2")))
    else:
        invocation.return_value(None)


def asked(bus, sender, path, interface, name):
    values = {
        "RegisteredStatusNotifierItems": GLib.Variant("as", [sender + path for sender, path in items]),
        "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
        "ProtocolVersion": GLib.Variant("i", 0),
    }
    return values[name]


def choose(text):
    sender, path = items[-1]
    ask = lambda path, interface, method, arguments: bus.call_sync(
        sender, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 5000, None
    ).unpack()
    menu = ask(path, "org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", ("org.kde.StatusNotifierItem", "Menu")))[0]
    _, (_, _, entries) = ask(menu, "com.canonical.dbusmenu", "GetLayout", GLib.Variant("(iias)", (0, -1, [])))
    for number, properties, _ in entries:
        if properties.get("label", "").replace("_", "") == text:
            event = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
            ask(menu, "com.canonical.dbusmenu", "Event", event)
            return say(f"chosen {text}")
    say(f"no {text} in {entries}")


def listen():
    for line in sys.stdin:
        GLib.idle_add(choose, line.strip().removeprefix("choose "))
    GLib.idle_add(loop.quit)


bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
for name, path, described in [
    ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", TRAY),
    ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTES),
]:
    interface = Gio.DBusNodeInfo.new_for_xml(described).interfaces[0]
    bus.register_object(path, interface, called, asked, None)
    Gio.bus_own_name_on_connection(bus, name, Gio.BusNameOwnerFlags.NONE, None, None)
loop = GLib.MainLoop()
threading.Thread(target=listen, daemon=True).start()
GLib.idle_add(say, "ready")
loop.run()
