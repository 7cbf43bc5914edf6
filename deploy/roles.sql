-- Who may do what in the database. Run as a superuser, in the product's database, before the first `migrate` and
-- after each one; safe to repeat: psql -d degreetrack -f deploy/roles.sql
--
-- degreetrack_owner   owns the tables and migrates; serves nothing
-- degreetrack_web     what the web processes may: read and add everywhere, change and delete except history
-- degreetrack_worker  as the web, and the lock under which the journal is sealed
-- degreetrack_backup  reads everything
\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM (VALUES ('degreetrack_owner'), ('degreetrack_web'), ('degreetrack_worker'), ('degreetrack_backup')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

GRANT pg_read_all_data TO degreetrack_backup;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO degreetrack_owner, degreetrack_web, degreetrack_worker, degreetrack_backup;
ALTER SCHEMA public OWNER TO degreetrack_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO degreetrack_web, degreetrack_worker, degreetrack_backup;

-- Whatever the owner makes from now on, a new month's partition among it, can be read and added to; that is all that
-- history needs, and what is changed through a partitioned table is allowed by that table alone.
ALTER DEFAULT PRIVILEGES FOR ROLE degreetrack_owner IN SCHEMA public
    GRANT SELECT, INSERT ON TABLES TO degreetrack_web, degreetrack_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE degreetrack_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO degreetrack_web, degreetrack_worker;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO degreetrack_web, degreetrack_worker;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO degreetrack_web, degreetrack_worker;

-- History is what carries a trigger that forbids change: the journal, the ledger, the stock's ledger.
CREATE TEMPORARY VIEW history AS
    SELECT DISTINCT tgrelid AS id FROM pg_trigger WHERE tgname LIKE '%\_append\_only';

SELECT format('GRANT UPDATE, DELETE ON %I TO degreetrack_web, degreetrack_worker', relname)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND oid NOT IN (SELECT id FROM history) AND relname <> 'django_migrations' \gexec

SELECT format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM degreetrack_web, degreetrack_worker', id::regclass)
FROM history \gexec
SELECT 'REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM degreetrack_web, degreetrack_worker'
WHERE to_regclass('public.django_migrations') IS NOT NULL \gexec

-- A seal is made while nobody writes to the journal. PostgreSQL asks for this right before it gives that lock; a change
-- itself is still refused, by the trigger.
SELECT format('GRANT UPDATE ON %s TO degreetrack_worker', id::regclass)
FROM history WHERE id::regclass::text IN ('journal_entry', 'journal_seal') \gexec
