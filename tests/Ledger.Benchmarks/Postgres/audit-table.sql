-- The usual audit table: who was it about, what was written, and each row chained to the one before it by a trigger.
-- One chain for each worker, not one for the table: a single chain would make all clients wait for one lock, and the
-- baseline is to be as fast as it honestly can.
CREATE TABLE audit (
  stream      text   NOT NULL,
  revision    bigint NOT NULL,
  event_id    uuid   NOT NULL,
  type        text   NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  prev_hash   bytea  NOT NULL,
  hash        bytea  NOT NULL,
  metadata    bytea  NOT NULL,
  data        bytea  NOT NULL,
  PRIMARY KEY (stream, revision)
) WITH (toast_tuple_target = 8160, autovacuum_enabled = false);
-- Compressing rows of 2 KB and moving them out of line would only slow it down.
ALTER TABLE audit ALTER COLUMN data SET STORAGE EXTERNAL, ALTER COLUMN metadata SET STORAGE EXTERNAL;

CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.stream, 0));
  SELECT a.revision + 1, a.hash INTO NEW.revision, NEW.prev_hash
    FROM audit a WHERE a.stream = NEW.stream ORDER BY a.revision DESC LIMIT 1;
  IF NOT FOUND THEN
    NEW.revision := 0;
    NEW.prev_hash := '\x0000000000000000000000000000000000000000000000000000000000000000';
  END IF;
  NEW.hash := sha256(NEW.prev_hash || NEW.metadata || NEW.data);
  RETURN NEW;
END $$;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain();
