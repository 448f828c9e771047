-- What runs leave for people to look at. Each is a version of its key, if it has one; data and metadata_ are JSON.
CREATE TABLE artifact (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    key          TEXT,
    type         TEXT,
    data         TEXT,
    description  TEXT,
    metadata_    TEXT,
    flow_run_id  TEXT,
    task_run_id  TEXT,
    created_us   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL
) STRICT;

CREATE INDEX artifact_key ON artifact (key, seq) WHERE key IS NOT NULL;
CREATE INDEX artifact_flow_run ON artifact (flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX artifact_task_run ON artifact (task_run_id) WHERE task_run_id IS NOT NULL;

-- A key of artifacts, and which of them is the latest.
CREATE TABLE artifact_collection (
    id           TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    key          TEXT NOT NULL,
    latest_id    TEXT NOT NULL,
    created_us   INTEGER NOT NULL,
    UNIQUE (workspace_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX artifact_collection_key ON artifact_collection (key);
CREATE INDEX artifact_collection_latest ON artifact_collection (latest_id);

-- Filters that somebody gave a name; filters is JSON.
CREATE TABLE saved_search (
    id           TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name         TEXT NOT NULL,
    filters      TEXT NOT NULL,
    created_us   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- Kinds of configuration. Those that are protected came with the server and are not to be changed by clients.
CREATE TABLE block_type (
    id                TEXT PRIMARY KEY,
    workspace_id      INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name              TEXT NOT NULL,
    slug              TEXT NOT NULL,
    logo_url          TEXT,
    documentation_url TEXT,
    description       TEXT,
    code_example      TEXT,
    is_protected      INTEGER NOT NULL DEFAULT 0,
    created_us        INTEGER NOT NULL,
    updated_us        INTEGER NOT NULL,
    UNIQUE (workspace_id, slug)
) STRICT, WITHOUT ROWID;

-- What blocks of a type are made of, as JSON schema, known by its checksum; its secret_fields are sealed in documents.
CREATE TABLE block_schema (
    id            TEXT PRIMARY KEY,
    workspace_id  INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    block_type_id TEXT NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    checksum      TEXT NOT NULL,
    version       TEXT NOT NULL,
    fields        TEXT NOT NULL,
    capabilities  TEXT NOT NULL DEFAULT '[]',
    created_us    INTEGER NOT NULL,
    updated_us    INTEGER NOT NULL,
    UNIQUE (workspace_id, checksum, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX block_schema_type ON block_schema (block_type_id);

-- Saved configuration. data is JSON, without secrets (those are in block_secret) and without the documents that it
-- refers to. version counts the changes.
CREATE TABLE block_document (
    id              TEXT PRIMARY KEY,
    workspace_id    INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name            TEXT NOT NULL,
    block_type_id   TEXT NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    block_schema_id TEXT NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE,
    data            TEXT NOT NULL,
    is_anonymous    INTEGER NOT NULL DEFAULT 0,
    version         INTEGER NOT NULL DEFAULT 1,
    created_us      INTEGER NOT NULL,
    updated_us      INTEGER NOT NULL,
    UNIQUE (workspace_id, block_type_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX block_document_type ON block_document (block_type_id);
CREATE INDEX block_document_schema ON block_document (block_schema_id);
CREATE INDEX block_document_name ON block_document (name);

-- Which document stands at which field of another.
CREATE TABLE block_document_reference (
    parent_id    TEXT NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    field        TEXT NOT NULL,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    reference_id TEXT NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    PRIMARY KEY (parent_id, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX block_document_reference_child ON block_document_reference (reference_id);

-- The secrets of documents, each sealed for its place: document, field (a JSON list of steps) and document_version. id
-- is made of the first two, and is the order in which secrets are put under a new key.
CREATE TABLE block_secret (
    id                TEXT PRIMARY KEY,
    workspace_id      INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    block_document_id TEXT NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    field             TEXT NOT NULL,
    document_version  INTEGER NOT NULL,
    sealed            TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX block_secret_document ON block_secret (block_document_id);

-- Documents that are used where nothing else is said: role is for what.
CREATE TABLE default_block (
    role              TEXT NOT NULL,
    workspace_id      INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    block_document_id TEXT NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    PRIMARY KEY (workspace_id, role)
) STRICT, WITHOUT ROWID;

-- What is done when events say so. trigger_ and all actions are as it is on the wire, in JSON.
CREATE TABLE automation (
    id                 TEXT PRIMARY KEY,
    workspace_id       INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    enabled            INTEGER NOT NULL,
    tags               TEXT NOT NULL DEFAULT '[]',
    trigger_           TEXT NOT NULL,
    actions            TEXT NOT NULL,
    actions_on_trigger TEXT NOT NULL,
    actions_on_resolve TEXT NOT NULL,
    created_us         INTEGER NOT NULL,
    updated_us         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX automation_name ON automation (name);

-- What an automation has to do with. owned: it is deleted together with that.
CREATE TABLE automation_resource (
    automation_id TEXT NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    resource_id   TEXT NOT NULL,
    workspace_id  INTEGER NOT NULL DEFAULT 1,
    owned         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (automation_id, resource_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX automation_resource_resource ON automation_resource (resource_id);
