// expect: error Expected ";" but found "N"
enum A { x = 1 }
namespace N { export const y = 2; }
return [A.x, N.y];
