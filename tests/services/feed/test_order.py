"""The client's rule, under any interleaving: nothing is lost, nothing shows twice, all in order."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

# append: hinted or not, at once or in the middle of a reading; step: a worker does one task;
# return: a client loses its socket and comes back with its cursor; again: it subscribes once more.
STEPS = st.one_of(
    st.tuples(st.just("append"), st.booleans()),
    st.tuples(st.just("surprise"), st.integers(0, 2)),
    st.tuples(st.just("step"), st.integers(1, 3)),
    st.tuples(st.just("return"), st.integers(0, 2)),
    st.tuples(st.just("again"), st.integers(0, 2)),
    st.tuples(st.just("refresh"), st.integers(0, 2)),
    st.tuples(st.just("leave"), st.integers(0, 2)),
    st.tuples(st.just("restore"), st.just(0)),
    st.tuples(st.just("poll"), st.just(0)),
)


def make_client(readers, world):
    """A client over changing sockets that applies the rule of the documentation, and notes each breach."""

    class Client:
        def __init__(self) -> None:
            self.shown: list[int] = []
            self.cursor = ""
            self.gaps = self.resets = self.repeats = 0
            self.socket = None
            self.subs = 0
            self.refresh()

        def refresh(self) -> None:
            """Fetch the thread: all of it, and the cursor of the same moment."""
            log = next(iter(world.source.logs.values()), [])
            self.shown = [item.seq for item in log]
            self.cursor = f"1.{world.source.epoch}.{len(log)}"

        def connect(self) -> None:
            client = self

            class Socket(readers):
                def receive(self, raw: bytes) -> None:
                    if client.socket is self:
                        client.receive(json.loads(raw))

            if self.socket is not None:
                world.hub.drop(self.socket)
            self.socket = Socket()
            self.subs = 0
            self.sub()

        def sub(self) -> None:
            self.subs += 1
            world.hub.sub(self.socket, "s", "k", self.cursor, None)

        def receive(self, frame) -> None:
            match frame["op"]:
                case "reset":
                    self.resets += 1
                    self.refresh()
                    self.sub()
                case "new":
                    last = self.shown[-1] if self.shown else 0
                    if frame["seq"] == last + 1:
                        self.shown.append(frame["seq"])
                        self.cursor = frame["cursor"]
                    elif frame["seq"] > last + 1:
                        self.gaps += 1
                    elif self.subs == 1:
                        self.repeats += 1

    return Client()


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(STEPS, max_size=60))
def test_clients_see_every_event_once_and_in_order(worlds, readers, steps):
    world = worlds()
    clients = [make_client(readers, world) for _ in range(3)]
    for client in clients:
        client.connect()
    for what, number in steps:
        match what:
            case "append":
                hint = world.source.append()
                if number:
                    world.hub.publish(hint)
            case "surprise":
                world.source.surprises += [lambda: None] * number
                world.source.surprises.append(lambda: world.hub.publish(world.source.append()))
            case "step":
                world.hub.run_pending(number)
            case "return":
                clients[number].connect()
            case "again":
                clients[number].sub()
            case "refresh":
                clients[number].refresh()
                clients[number].sub()
            case "leave":
                world.hub.unsub(clients[number].socket, "s", "k")
            case "restore":
                world.source.epoch += "x"
            case "poll":
                world.hub.check_all()
    for client in clients:
        client.connect()
    world.hub.run_pending()
    world.source.surprises.clear()
    world.hub.check_all()
    world.hub.run_pending()
    total = len(next(iter(world.source.logs.values()), []))
    for client in clients:
        assert client.shown == list(range(1, total + 1))
        assert client.gaps == 0
        assert client.repeats == 0, "only who subscribes again on the same socket may hear something twice"
        assert client.resets == 0 or ("restore", 0) in steps
    for client in clients:
        world.hub.drop(client.socket)
    world.hub.run_pending()
    assert world.hub.rooms == 0
