using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .app)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const app :Workerd.Worker = (
  modules = [
    (name = "project/apps/app.js", esModule = embed "../project/apps/app.js"),
    (name = "routes.js", esModule = embed "../routes.js"),
  ],
  compatibilityDate = "2026-01-01",
);
