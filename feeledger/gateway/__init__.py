"""The banks' frame door: CNNONTAX frames over TCP, judged by the same rules as the API's calls.

What is established of these frames and what is inferred from them is told in docs/gateway.md.
"""
