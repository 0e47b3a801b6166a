-- Some tables were made without saying in which order their texts are, and had that of the database. Ours is that of the
-- bytes, as SQLite's. (Entries of the audit log cannot be replaced here; that is the other database's half.)

DO $$
DECLARE
    text_column RECORD;
BEGIN
    FOR text_column IN
        SELECT c.table_name, c.column_name
        FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
            AND c.collation_name IS DISTINCT FROM 'C' AND c.table_name NOT LIKE '\_\_diesel%'
    LOOP
        EXECUTE format(
            'ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', text_column.table_name, text_column.column_name
        );
    END LOOP;
END
$$;
