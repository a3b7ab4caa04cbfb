"""The database of chats: the only package that knows SQLModel sessions."""
