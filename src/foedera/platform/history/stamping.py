"""Time stamps of an outside authority (RFC 3161) over the hash of a seal. No database and no Django; no network either:

the request is a file that the operator sends as his network allows, the answer a file that is verified and kept.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)


class StampError(Exception):
    """The answer is no time stamp over this seal by this authority; says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the authority saw the seal, and its name."""

    at: datetime.datetime
    authority: str


def request_for(seal: bytes) -> bytes:
    """The request (application/timestamp-query) for a stamp over the hash of a seal, asking for the certificates too."""
    builder = TimestampRequestBuilder().data(seal).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()


def verify_stamp(answer: bytes, seal: bytes, roots: bytes) -> Stamp:
    """What an answer (application/timestamp-reply) says of a seal, checked against root certificates (PEM). Raises StampError."""
    try:
        trusted = x509.load_pem_x509_certificates(roots)
        found = decode_timestamp_response(answer)
        builder = VerifierBuilder()
        for certificate in trusted:
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(found, seal)
    except VerificationError as error:
        raise StampError(str(error)) from error
    except Exception as error:  # the parsers below raise many kinds for bytes that are none of theirs
        raise StampError(f"it cannot be read: {error}") from error
    return Stamp(found.tst_info.gen_time, _authority(found.signed_data.certificates))


def _authority(certificates: set[bytes]) -> str:
    for der in sorted(certificates):
        certificate = x509.load_der_x509_certificate(der)
        usage = x509.ExtendedKeyUsage
        try:
            stamps = (
                x509.oid.ExtendedKeyUsageOID.TIME_STAMPING
                in certificate.extensions.get_extension_for_class(usage).value
            )
        except x509.ExtensionNotFound:
            stamps = False
        if stamps:
            return certificate.subject.rfc4514_string()[:300]
    return ""
