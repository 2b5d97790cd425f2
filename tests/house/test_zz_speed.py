"""Speed of putting back."""
import time
from tests import photograph
def test_speed(house, app):
    def write():
        with app.app_context():
            from crm.core.db import db
            from sqlalchemy import text
            db.session.execute(text("update throttle set count = count")); db.session.execute(text("delete from throttle")); db.session.execute(text("insert into organisation select * from organisation where 1=0")); db.session.commit()
            with db.engine.begin() as c: c.execute(text("create table if not exists zz (a int)"))
    dirty, clean = [], []
    for _ in range(10):
        write(); photograph.let_go(app); t=time.perf_counter(); house.database.put_back(); dirty.append(time.perf_counter()-t)
        t=time.perf_counter(); house.database.put_back(); clean.append(time.perf_counter()-t)
    print("dirty ms", [round(x*1000,1) for x in dirty], "clean", [round(x*1000,1) for x in clean])
