DROP TABLE scope_link;
