"""The commands: each parses, calls one service and hands one value to rendering. `chatctl show` is `chats.show`."""
