"""WebSocket frames (RFC 6455): ours framed once for everybody, the clients' taken apart by wsproto."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wsproto.frame_protocol import FrameDecoder, FrameProtocol, MessageDecoder, Opcode, ParseFailed

MAX_MESSAGE_BYTES: Final = 4096
MAX_FRAGMENTS: Final = 64

_framer = FrameProtocol(client=False, extensions=[])


def text_frame(payload: bytes) -> bytes:
    """``payload`` (UTF-8) as one text frame. Server frames carry no mask: the same bytes suit every socket."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def close_frame(code: int) -> bytes:
    """A close frame without a reason."""
    return bytes(_framer.close(code))


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping of the protocol's own."""
    return bytes(_framer.pong(payload))


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A whole text message."""

    text: str


@dataclass(frozen=True, slots=True)
class PingReceived:
    """A ping of the protocol's own."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class PongReceived:
    """A pong of the protocol's own."""


@dataclass(frozen=True, slots=True)
class CloseReceived:
    """The client closes, or answers our close."""


Received = TextReceived | PingReceived | PongReceived | CloseReceived


class Nonsense(Exception):
    """What came is not what a client of ours sends; nothing after it can be trusted."""


class FrameReader:
    """Takes one socket's bytes apart.

    It weighs two kilobytes, so sockets keep one only while ``is_amid`` something.
    """

    __slots__ = ("_fragments", "_frames", "_length", "_messages", "_text")

    def __init__(self) -> None:
        self._frames = FrameDecoder(client=False)
        self._messages = MessageDecoder()
        self._text: list[str] = []
        self._length = 0
        self._fragments = 0

    @property
    def is_amid(self) -> bool:
        """Whether a frame or a fragmented message has begun and not ended."""
        return bool(self._frames.header or len(self._frames.buffer) or self._messages.opcode)

    def receive(self, data: bytes) -> Iterator[Received]:
        """What ``data`` completes, lazily. Raises Nonsense."""
        self._frames.receive_bytes(data)
        try:
            while (frame := self._frames.process_buffer()) is not None:
                if frame.opcode is Opcode.CLOSE:
                    yield CloseReceived()
                elif frame.opcode is Opcode.PING:
                    yield PingReceived(bytes(frame.payload))  # type: ignore[arg-type]
                elif frame.opcode is Opcode.PONG:
                    yield PongReceived()
                else:
                    self._length += len(frame.payload)
                    self._fragments += frame.frame_finished
                    if self._length > MAX_MESSAGE_BYTES or self._fragments > MAX_FRAGMENTS:
                        raise Nonsense("The message is too long.")
                    part = self._messages.process_frame(frame)
                    if part.opcode is not Opcode.TEXT:
                        raise Nonsense("The message is not text.")
                    self._text.append(str(part.payload))
                    if part.message_finished:
                        text = "".join(self._text)
                        self._text.clear()
                        self._length = self._fragments = 0
                        yield TextReceived(text)
        except ParseFailed as error:
            raise Nonsense(str(error)) from error
        header = self._frames.header
        if header is not None and header.payload_len > MAX_MESSAGE_BYTES:
            raise Nonsense("The frame is too long.")
