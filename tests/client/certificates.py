"""Certificates of servers that tests make up."""

from __future__ import annotations

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from walkdown_client.pinning import fingerprint_of


@dataclass(frozen=True)
class Certified:
    """A self-signed certificate: how to serve with it, and its fingerprint."""

    context: ssl.SSLContext
    fingerprint: bytes


def certified(folder: Path, name: str = "walkdown") -> Certified:
    """Make a key and a certificate, and a server's context that shows it."""
    path = make_pem(folder / f"{name}.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(path)
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return Certified(context, fingerprint_of(certificate.public_bytes(Encoding.DER)))


def make_pem(path: Path) -> Path:
    """Write a key and a self-signed certificate into one file, and return its path."""
    key = Ed25519PrivateKey.generate()
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.stem)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, None)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
