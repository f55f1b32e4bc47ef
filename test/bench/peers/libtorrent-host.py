"""One host of a torrent, without tracker and DHT: libtorrent-host.py ADDRESS FOLDER TORRENT PEER...

Serves or fetches what TORRENT names into FOLDER, prints `whole` once all of it is there, and goes on serving until it is killed.
With `make` as its first argument it writes TORRENT for the file FOLDER instead.
"""
import signal
import sys

import libtorrent as lt

PORT = 6881

if sys.argv[1] == "make":
    path, torrent = sys.argv[2:4]
    storage = lt.file_storage()
    lt.add_files(storage, path)
    maker = lt.create_torrent(storage)
    lt.set_piece_hashes(maker, path.rsplit("/", 1)[0])
    with open(torrent, "wb") as out:
        out.write(lt.bencode(maker.generate()))
    sys.exit(0)

address, folder, torrent, *peers = sys.argv[1:]
session = lt.session({
    "listen_interfaces": f"{address}:{PORT}",
    "enable_dht": False, "enable_lsd": True, "enable_upnp": False, "enable_natpmp": False,
    "alert_mask": lt.alert.category_t.status_notification,
    "enable_outgoing_utp": False, "enable_incoming_utp": False,
})
handle = session.add_torrent({"ti": lt.torrent_info(torrent), "save_path": folder})
for peer in peers:
    handle.connect_peer((peer, PORT))
while not handle.status().is_seeding:
    session.wait_for_alert(1000)
    session.pop_alerts()
print("whole", flush=True)
signal.pause()
