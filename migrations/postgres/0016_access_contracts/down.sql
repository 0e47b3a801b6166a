DROP TABLE access_contract;
