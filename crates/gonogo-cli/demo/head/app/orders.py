"""Orders, as the shop shows them."""


def recent(connection, customer_id):
    return connection.execute(
        "SELECT id, state, total_cents FROM orders WHERE customer_id = %s ORDER BY placed_at DESC LIMIT 20",
        (customer_id,),
    ).fetchall()


def label(order):
    return order["state"]
