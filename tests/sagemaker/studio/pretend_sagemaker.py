"""SageMaker's API as far as a Studio domain needs it, on the loopback interface: it says no where SageMaker does.

Apps, spaces and user profiles block one another and the domain; deletions take a few looks; apps that are gone are
listed for a while. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteDomain.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Record = dict[str, Any]
_LOOKS = 2
"""How often something that is deleted is still seen."""


class RefusedError(Exception):
    """An error of the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PretendSageMaker:
    """A server of domains, while the ``with`` block lasts.

    :ivar domains: by id.
    :ivar apps, spaces, profiles: what is in them.
    :ivar calls: the operations that were asked for, in order.
    :ivar hang: an operation, and for how many seconds it does not answer, once.
    """

    def __init__(self) -> None:
        self.domains: dict[str, Record] = {}
        self.apps: list[Record] = []
        self.spaces: list[Record] = []
        self.profiles: list[Record] = []
        self.calls: list[str] = []
        self.hang: dict[str, float] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, operation: str, request: Record) -> Record:
        """What SageMaker answers."""
        self.calls.append(operation)
        if operation in self.hang:
            time.sleep(self.hang.pop(operation))
        with self._lock:
            method: Callable[[Record], Record] = getattr(self, f"_{operation}")
            return method(request)

    def start_app(self, domain_id: str, app_name: str, **owner: str) -> None:
        """An app that somebody runs."""
        app = {"AppType": "JupyterLab", "AppName": app_name, "Status": "InService", **owner}
        self.apps.append({"DomainId": domain_id, **app})

    def _CreateDomain(self, request: Record) -> Record:  # noqa: N802 (named as the API is)
        domain_id = f"d-{len(self.domains):012d}"
        self.domains[domain_id] = {**request, "DomainId": domain_id, "Status": "InService"}
        return {"DomainArn": f"arn:aws:sagemaker:us-east-1:111111111111:domain/{domain_id}"}

    def _ListDomains(self, _request: Record) -> Record:  # noqa: N802
        return {"Domains": [*self.domains.values()]}

    def _DescribeDomain(self, request: Record) -> Record:  # noqa: N802
        return self._domain(request)

    def _UpdateDomain(self, request: Record) -> Record:  # noqa: N802
        domain = self._domain(request)
        domain["DefaultUserSettings"] = {**domain.get("DefaultUserSettings", {}), **request["DefaultUserSettings"]}
        return {"DomainArn": domain["DomainId"]}

    def _DeleteDomain(self, request: Record) -> Record:  # noqa: N802
        domain = self._domain(request)
        self._refuse([*self._alive(self.apps), *self.spaces, *self.profiles], "domain")
        del self.domains[domain["DomainId"]]
        return {}

    def _CreateUserProfile(self, request: Record) -> Record:  # noqa: N802
        self.profiles.append({**request, "Status": "InService"})
        return {}

    def _CreateSpace(self, request: Record) -> Record:  # noqa: N802
        self.spaces.append({**request, "Status": "InService"})
        return {}

    def _ListApps(self, request: Record) -> Record:  # noqa: N802
        self._look(self.apps, ended="Deleted")
        return {"Apps": self._in(self.apps, request)}

    def _ListSpaces(self, request: Record) -> Record:  # noqa: N802
        self._look(self.spaces)
        return {"Spaces": self._in(self.spaces, request)}

    def _ListUserProfiles(self, request: Record) -> Record:  # noqa: N802
        self._look(self.profiles)
        return {"UserProfiles": self._in(self.profiles, request)}

    def _DeleteApp(self, request: Record) -> Record:  # noqa: N802
        return self._delete(self._alive(self.apps), request, ("AppName", "SpaceName", "UserProfileName"))

    def _DeleteSpace(self, request: Record) -> Record:  # noqa: N802
        name = request["SpaceName"]
        self._refuse([app for app in self._alive(self.apps) if app.get("SpaceName") == name], f"space {name}")
        return self._delete(self.spaces, request, ("SpaceName",))

    def _DeleteUserProfile(self, request: Record) -> Record:  # noqa: N802
        name = request["UserProfileName"]
        owned = [
            space for space in self.spaces if space.get("OwnershipSettings", {}).get("OwnerUserProfileName") == name
        ]
        running = [app for app in self._alive(self.apps) if app.get("UserProfileName") == name]
        self._refuse([*owned, *running], f"user profile {name}")
        return self._delete(self.profiles, request, ("UserProfileName",))

    def _domain(self, request: Record) -> Record:
        if request["DomainId"] not in self.domains:
            raise RefusedError("ResourceNotFound", f"Domain {request['DomainId']} does not exist")
        return self.domains[request["DomainId"]]

    @staticmethod
    def _alive(items: list[Record]) -> list[Record]:
        return [item for item in items if item["Status"] != "Deleted"]

    @staticmethod
    def _refuse(users: list[Record], what: str) -> None:
        if users:
            raise RefusedError("ResourceInUse", f"Unable to delete {what}, {len(users)} resources are in it")

    @staticmethod
    def _in(items: list[Record], request: Record) -> list[Record]:
        return [item for item in items if item["DomainId"] == request["DomainIdEquals"]]

    @staticmethod
    def _delete(items: list[Record], request: Record, keys: tuple[str, ...]) -> Record:
        found = [item for item in items if all(item.get(key) == request.get(key) for key in keys)]
        if not found:
            raise RefusedError("ResourceNotFound", f"There is no {request}")
        found[0].update(Status="Deleting", looks=_LOOKS)
        return {}

    @staticmethod
    def _look(items: list[Record], ended: str | None = None) -> None:
        for item in [item for item in items if item["Status"] == "Deleting"]:
            item["looks"] -= 1
            if item["looks"] <= 0:
                if ended is None:
                    items.remove(item)
                else:
                    item["Status"] = ended


def _handler(server: PretendSageMaker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, body = 200, server.answer(operation, request)
            except RefusedError as error:
                status, body = 400, {"__type": error.code, "Message": str(error)}
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
