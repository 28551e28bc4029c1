CREATE TABLE subscriptions (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    started_at timestamptz NOT NULL DEFAULT now()
);
