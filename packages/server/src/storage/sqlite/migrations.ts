/** Applied in order; `user_version` is the number applied. A published migration is never edited. */
export const migrations: readonly string[] = [
  `
CREATE TABLE functions (
  name TEXT PRIMARY KEY, tenant TEXT NOT NULL, owner_token TEXT, current_version INTEGER NOT NULL,
  description TEXT NOT NULL, created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE function_versions (
  name TEXT NOT NULL REFERENCES functions ON DELETE CASCADE, version INTEGER NOT NULL, spec TEXT NOT NULL, secrets BLOB,
  digest TEXT NOT NULL, created_at_ms INTEGER NOT NULL, PRIMARY KEY (name, version)
) STRICT;
CREATE TABLE function_aliases (
  name TEXT NOT NULL REFERENCES functions ON DELETE CASCADE, alias TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (name, alias)
) STRICT, WITHOUT ROWID;
CREATE TABLE schedules (
  function_name TEXT NOT NULL REFERENCES functions ON DELETE CASCADE, id TEXT NOT NULL, tenant TEXT NOT NULL, token_id TEXT,
  cron TEXT NOT NULL, timezone TEXT NOT NULL, input TEXT NOT NULL, version_ref TEXT NOT NULL, enabled INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL, last_due_ms INTEGER, last_outcome TEXT, skipped INTEGER NOT NULL, PRIMARY KEY (function_name, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, hash_prefix TEXT NOT NULL,
  scopes TEXT NOT NULL, limits TEXT NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER, revoked_at_ms INTEGER,
  last_used_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_prefix ON tokens (hash_prefix);
CREATE TABLE token_events (
  sequence INTEGER PRIMARY KEY, token_id TEXT NOT NULL, at_ms INTEGER NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX token_events_by_token ON token_events (token_id, sequence);
CREATE TABLE quotas (
  token_id TEXT NOT NULL, period TEXT NOT NULL, runs INTEGER NOT NULL, cpu_ms REAL NOT NULL, PRIMARY KEY (token_id, period)
) STRICT, WITHOUT ROWID;
CREATE TABLE daily_usage (
  token_id TEXT NOT NULL, day TEXT NOT NULL, runs INTEGER NOT NULL, failures INTEGER NOT NULL, cpu_ms REAL NOT NULL,
  wall_ms REAL NOT NULL, PRIMARY KEY (token_id, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE executions (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, tenant TEXT NOT NULL, token_id TEXT, function_name TEXT, version INTEGER,
  status TEXT NOT NULL, http_status INTEGER NOT NULL, error_code TEXT, error_type TEXT, started_at_ms INTEGER NOT NULL,
  queue_ms REAL NOT NULL, wall_ms REAL NOT NULL, cpu_ms REAL NOT NULL, peak_heap_bytes INTEGER NOT NULL, error TEXT, logs TEXT,
  warnings TEXT, input TEXT, result TEXT, source_digest TEXT, limits TEXT, replay_of TEXT
) STRICT;
CREATE INDEX executions_by_time ON executions (started_at_ms, id);
CREATE INDEX executions_by_tenant ON executions (tenant, started_at_ms, id);
CREATE INDEX executions_by_source ON executions (source_digest) WHERE source_digest IS NOT NULL;
CREATE TABLE sources (digest TEXT PRIMARY KEY, language TEXT NOT NULL, code TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, tenant TEXT NOT NULL, token_id TEXT, function_name TEXT NOT NULL,
  version_ref TEXT NOT NULL, input TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, max_attempts INTEGER NOT NULL,
  backoff_ms INTEGER NOT NULL, retry_all INTEGER NOT NULL, next_at_ms INTEGER NOT NULL, lease_until_ms INTEGER,
  idempotency_key TEXT, request_digest TEXT NOT NULL, exclusive_key TEXT, created_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER, answer TEXT, answer_status INTEGER
) STRICT;
CREATE UNIQUE INDEX jobs_by_key ON jobs (tenant, function_name, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_due ON jobs (status, next_at_ms);
CREATE INDEX jobs_exclusive ON jobs (exclusive_key, status) WHERE exclusive_key IS NOT NULL;
`,
]
