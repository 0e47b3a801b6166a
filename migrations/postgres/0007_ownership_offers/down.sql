DROP TABLE ownership_offer;
