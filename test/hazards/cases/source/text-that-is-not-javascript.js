// expect: error Expected ";" but found "users"
SELECT * FROM users;
