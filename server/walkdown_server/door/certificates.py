"""The certificate that the server shows: its own, made at the first start, or one that an organisation has.

The own one is an EC P-256 key that signs itself and holds for ten years. Nobody vouches for it: clients know
it by its fingerprint, which stands in every link.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from walkdown.errors import SettingsError
from walkdown.i18n import _
from walkdown.settings import ServerSettings
from walkdown_server.secret_files import made_once

VALID_FOR = timedelta(days=3652)
SKEW = timedelta(days=1)
"""A client's clock may be so much behind."""

CERTIFICATE_FILE, KEY_FILE = "tls.crt", "tls.key"

_log = logging.getLogger(__name__)


class Certificate:
    """A certificate with its key, as TLS uses them.

    Args:
        chain, key: PEM files; the first certificate of the chain is the server's.
        dated: whether it has to hold now; who knows a certificate by its hash does not look at its dates.

    Raises:
        SettingsError: a file is missing or wrong, they are no pair, or the certificate does not hold now.

    Attributes:
        context: for new connections; :meth:`reload` changes what it shows.
        fingerprint: SHA-256 of the certificate, 32 bytes.
    """

    def __init__(self, chain: Path, key: Path, *, dated: bool = True) -> None:
        self._chain, self._key, self._dated = chain, key, dated
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.num_tickets = 0  # nobody resumes: a client looks at the certificate each time
        self.context.set_alpn_protocols(["http/1.1"])
        self.reload()

    def reload(self) -> None:
        """Read the files again; connections that are open stay as they are.

        Raises:
            SettingsError: as above; what was shown before goes on being shown.
        """
        leaf = _checked(self._chain, self._key)
        if self._dated:
            _check_dates(leaf, self._chain)
        try:
            self.context.load_cert_chain(self._chain, self._key)
        except (ssl.SSLError, OSError) as error:
            raise _wrong(self._chain, str(error)) from error
        self.fingerprint = hashlib.sha256(leaf.public_bytes(Encoding.DER)).digest()


def certificate_of(settings: ServerSettings, *, folder: Path) -> Certificate:
    """Return the certificate that was named, else the server's own, which is made when there is none.

    Raises:
        SettingsError: a file is wrong.
    """
    if settings.tls_cert is not None and settings.tls_key is not None:
        return Certificate(settings.tls_cert, settings.tls_key)
    _make(folder)
    return Certificate(folder / CERTIFICATE_FILE, folder / KEY_FILE, dated=False)


def _make(folder: Path) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kept = load_pem_private_key(made_once(folder / KEY_FILE, pem), None)
    if isinstance(kept, ec.EllipticCurvePrivateKey):
        made_once(folder / CERTIFICATE_FILE, _self_signed(kept).public_bytes(Encoding.PEM))


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "walkdown")])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in sorted({"localhost", _hostname()})]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, SHA256())
    )


def _hostname() -> str:
    """Return this computer's name if a certificate may have it."""
    name = socket.gethostname()
    return name if name.isascii() and name and len(name) < 64 else "localhost"


def _checked(chain: Path, key: Path) -> x509.Certificate:
    """Return the server's certificate out of a chain whose first one belongs to the key."""
    leaf, private = _certificate_in(chain), _public_of(key)
    if leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != private:
        raise SettingsError(
            _(
                "{key} is not the key of the first certificate in {chain}: name two that were made together."
            ).format(key=key, chain=chain)
        )
    return leaf


def _check_dates(leaf: x509.Certificate, chain: Path) -> None:
    now = datetime.now(UTC)
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise SettingsError(
            _(
                "The certificate in {chain} holds from {start} to {end}, and now it is {now}: renew it."
            ).format(
                chain=chain,
                start=f"{leaf.not_valid_before_utc:%Y-%m-%d}",
                end=f"{leaf.not_valid_after_utc:%Y-%m-%d}",
                now=f"{now:%Y-%m-%d}",
            )
        )


def _certificate_in(chain: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_read(chain))[0]
    except ValueError as error:
        raise _wrong(chain, _("expected certificates in PEM, found none")) from error


def _public_of(key: Path) -> bytes:
    """Return the public half of a key file; of the other nothing gets into an error."""
    data = _read(key)
    try:
        private = load_pem_private_key(data, None)
    except TypeError:
        raise _wrong(key, _("the key has a password; name one without")) from None
    except ValueError:
        raise _wrong(key, _("expected a private key in PEM, found none")) from None
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _wrong(path, error.strerror or str(error)) from error


def _wrong(path: Path, reason: str) -> SettingsError:
    return SettingsError(
        _("The file {path} cannot be used for TLS: {reason}.").format(path=path, reason=reason)
    )
