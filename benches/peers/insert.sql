INSERT INTO floor (name, document, made_at) VALUES (
    'person-' || random()::text,
    repeat('a document of the size that a person has, more or less. ', 9),
    1795335330000000
);
