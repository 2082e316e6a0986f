"""Third-party mail servers on this computer, for tests/real_servers.rs.

usage: mail_servers.py FOLDER

Starts aiosmtpd, and Postfix where it is installed and we are root, in FOLDER. Writes FOLDER/servers.json when they answer,
and beside every mail that arrives what Python's own parser says of it. Ends when the standard input does.
"""

import base64
import email
import email.policy
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
import time
from html.parser import HTMLParser

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "preview", "pässword-hunter22"

MASTER = """
127.0.0.1:{starttls} inet n - n - - smtpd
127.0.0.1:{implicit} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = msp.example, xn--bro-hoa.example
virtual_mailbox_base = {root}
virtual_mailbox_maps = static:mails/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
maillog_file_prefixes = {root}
maillog_file = {root}/log
smtputf8_enable = yes
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_key_file = {folder}/server.key
smtpd_tls_security_level = encrypt
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificates(folder):
    at = lambda name: os.path.join(folder, name)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=psalink test authority",
            "-keyout", at("authority.key"), "-out", at("authority.pem"))
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
            "-keyout", at("server.key"), "-out", at("server.csr"))
    with open(at("server.ext"), "w") as file:
        file.write("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-days", "2", "-in", at("server.csr"), "-CA", at("authority.pem"), "-CAkey",
            at("authority.key"), "-CAcreateserial", "-extfile", at("server.ext"), "-out", at("server.pem"))


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []

    def handle_starttag(self, tag, attributes):
        if tag in ("a", "area"):
            self.links += [value for name, value in attributes if name == "href" and value is not None][:1]


def described(data):
    """What Python's own parser says about a message."""
    message = email.message_from_bytes(data, policy=email.policy.SMTPUTF8)
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    links = Links()
    content = html.get_payload(decode=True) if html else b""
    if html:
        links.feed(content.decode(html.get_content_charset()))
    return {
        "subject": str(message["Subject"]),
        "from": str(message["From"]),
        "to": str(message["To"]),
        "template": str(message["X-Psalink-Template"]),
        "sample": str(message["X-Psalink-Sample"]),
        "html": base64.b64encode(content).decode(),
        "text": base64.b64encode(text.get_payload(decode=True)).decode() if text else "",
        "links": links.links,
        "kind": message.get_content_type(),
        "date": bool(message["Date"].datetime) if message["Date"] else False,
        "defects": [str(defect) for part in message.walk() for defect in part.defects],
    }


def keep(folder, name, data):
    """Writes a message, and then its description: once the second file exists, both do."""
    path = os.path.join(folder, name)
    with open(path + ".eml", "wb") as file:
        file.write(data)
    with open(path + ".part", "w") as file:
        json.dump(described(data), file)
    os.rename(path + ".part", path + ".json")


class Keeper:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        if any("refused" in address for address in envelope.rcpt_tos):
            return "554 5.7.1 refused"
        keep(self.folder, f"{self.count:04}", envelope.content)
        return "250 2.0.0 kept"


def sign_in(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def start_aiosmtpd(folder):
    mails = os.path.join(folder, "aiosmtpd")
    os.mkdir(mails)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))
    keeper, ports = Keeper(mails), {}
    common = dict(hostname="127.0.0.1", enable_SMTPUTF8=True, auth_required=True, authenticator=sign_in)
    ports["starttls"] = free_port()
    Controller(keeper, port=ports["starttls"], tls_context=context, require_starttls=True, **common).start()
    ports["implicit"] = free_port()
    # aiosmtpd does not count TLS that began before SMTP.
    Controller(keeper, port=ports["implicit"], ssl_context=context, auth_require_tls=False, **common).start()
    return {"mails": mails, "user": USER, "password": PASSWORD, **ports}


def start_postfix(folder):
    if not shutil.which("postfix") or os.getuid() != 0:
        return None
    root = os.path.join(folder, "postfix")
    for name in ("", "queue", "data", "mails", "mails/new", "mails/cur", "mails/tmp", "conf", "seen"):
        os.mkdir(os.path.join(root, name))
    owner = pwd.getpwnam("postfix")
    for name in ("data", "mails", "mails/new", "mails/cur", "mails/tmp"):
        os.chown(os.path.join(root, name), owner.pw_uid, owner.pw_gid)
    ports = {"starttls": free_port(), "implicit": free_port()}
    values = dict(root=root, folder=folder, uid=owner.pw_uid, gid=owner.pw_gid, **ports)
    conf = os.path.join(root, "conf")
    for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
        with open(os.path.join(conf, name), "w") as file:
            file.write(text.format(**values).lstrip())
    subprocess.run(["postfix", "-c", conf, "start"], check=True, capture_output=True)
    return {"mails": os.path.join(root, "seen"), "conf": conf, "new": os.path.join(root, "mails", "new"), **ports}


def main():
    folder = os.path.abspath(sys.argv[1])
    certificates(folder)
    servers = {"aiosmtpd": start_aiosmtpd(folder)}
    postfix = None
    try:
        postfix = start_postfix(folder)
        if postfix:
            servers["postfix"] = postfix
        for server in servers.values():
            for port in (server["starttls"], server["implicit"]):
                socket.create_connection(("127.0.0.1", port), timeout=10).close()
        path = os.path.join(folder, "servers")
        with open(path + ".part", "w") as file:
            json.dump(servers, file)
        os.rename(path + ".part", path + ".json")
        os.set_blocking(0, False)
        seen = set()
        while sys.stdin.buffer.read(1) != b"":
            if postfix:
                for name in sorted(set(os.listdir(postfix["new"])) - seen):
                    seen.add(name)
                    with open(os.path.join(postfix["new"], name), "rb") as file:
                        # Postfix stores messages with Unix line ends.
                        keep(postfix["mails"], name, file.read().replace(b"\n", b"\r\n"))
            time.sleep(0.1)
    finally:
        if postfix:
            subprocess.run(["postfix", "-c", postfix["conf"], "stop"], capture_output=True)


if __name__ == "__main__":
    main()
