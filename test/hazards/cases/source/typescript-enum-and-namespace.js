// expect: success [1,2] | error
enum A { x = 1 }
namespace N { export const y = 2; }
return [A.x, N.y];
