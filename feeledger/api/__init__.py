"""The machines' door: banks and public callers over HTTP."""
