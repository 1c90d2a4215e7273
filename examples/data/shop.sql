-- What examples/data/shop.db holds: a small shop's first half of 2026.
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL, stock INTEGER NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, ordered_at TEXT NOT NULL, customer TEXT NOT NULL);
CREATE TABLE order_lines (order_id INTEGER NOT NULL REFERENCES orders, product_id INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL);
INSERT INTO products VALUES (1, 'Desk lamp', 49.9, 12), (2, 'Office chair', 229.0, 0), (3, 'Monitor arm', 89.5, 4),
  (4, 'Keyboard', 119.0, 31), (5, 'Footrest', 39.0, 0);
INSERT INTO orders VALUES (1, '2025-12-29', 'Ada'), (2, '2026-01-04', 'Grace'), (3, '2026-01-19', 'Alan'), (4, '2026-02-02', 'Ada'),
  (5, '2026-02-14', 'Edsger'), (6, '2026-03-08', 'Barbara'), (7, '2026-03-21', 'Grace'), (8, '2026-05-05', 'Alan');
INSERT INTO order_lines VALUES (1, 1, 2), (2, 2, 1), (2, 3, 1), (3, 4, 2), (4, 1, 3), (5, 2, 2), (5, 5, 1), (6, 4, 1), (7, 3, 2),
  (7, 1, 1), (8, 2, 1), (8, 4, 1);
