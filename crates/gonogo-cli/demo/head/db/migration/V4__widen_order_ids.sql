-- Order ids reach two thousand million in spring.
ALTER TABLE orders ALTER COLUMN id TYPE bigint;
