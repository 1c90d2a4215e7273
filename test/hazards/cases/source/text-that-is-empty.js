// expect: error empty
   
