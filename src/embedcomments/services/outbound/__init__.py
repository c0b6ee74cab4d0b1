"""Requests to other servers, of which strangers choose the address: only public ones are ever connected to."""

from embedcomments.services.outbound.fetcher import GuardedOutbound

__all__ = ["GuardedOutbound"]
