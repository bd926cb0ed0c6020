"""A server of somebody else: shows a certificate of its own, and writes down what is said to it.

Run as ``python -m tests.door.listener ADDRESS CERTIFICATE HEARD``; prints its port.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path


async def listen(address: str, certificate: str, heard: Path) -> None:
    """Write every byte that is said to us to a file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with heard.open("ab") as file:
            file.write(b"MET\n")
            file.flush()
            with contextlib.suppress(ConnectionError):
                while piece := await reader.read(1000):
                    file.write(piece)
                    file.flush()
        writer.close()

    server = await asyncio.start_server(hear, address, 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
