-- The order that texts had before is not known.
SELECT 1;
