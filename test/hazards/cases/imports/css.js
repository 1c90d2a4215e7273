// expect: error Cannot import
import "./style.css";
return 1;
