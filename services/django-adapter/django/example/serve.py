#!/usr/bin/env python3
"""Serves the example: `serve.py HOST:PORT`. Migrates first, makes the admin user, then says `ready http://…`."""
import os
import signal
import socket
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")


def prepare():
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    user, password = os.environ.get("MEMBER_SYNC_ADMIN_USER"), os.environ.get("MEMBER_SYNC_ADMIN_PASSWORD")
    if user and password:
        from django.contrib.auth import get_user_model

        admin, _ = get_user_model().objects.get_or_create(username=user, defaults={"email": ""})
        admin.is_staff = admin.is_superuser = True
        admin.set_password(password)
        admin.save()
    from django.db import connections

    connections.close_all()


def make_server(host, port):
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *args):
            """Request lines hold kennitölur."""

    class Server(ThreadedWSGIServer):
        daemon_threads = True
        request_queue_size = 128

        def process_request_thread(self, request, client_address):
            try:
                super().process_request_thread(request, client_address)
            finally:
                connections.close_all()

        def handle_error(self, request, client_address):
            if not isinstance(sys.exc_info()[1], (ConnectionError, socket.timeout)):
                super().handle_error(request, client_address)

    server = Server((host, port), Handler, ipv6=":" in host)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    return server


def main():
    if len(sys.argv) != 2 or ":" not in sys.argv[1]:
        sys.exit("usage: serve.py HOST:PORT")
    host, _, port = sys.argv[1].rpartition(":")
    prepare()
    server = make_server(host.strip("[]"), int(port))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print("ready http://%s:%d" % (host, server.server_port), flush=True)
    server.serve_forever(poll_interval=0.1)
    # Requests in flight run in daemon threads; their transactions roll back or were committed.
    os._exit(0)


if __name__ == "__main__":
    main()
