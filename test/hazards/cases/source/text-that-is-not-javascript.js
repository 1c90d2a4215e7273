// expect: error
SELECT * FROM users;
