import sys,time
from pathlib import Path
from agent.constitution import sources
from agent.constitution.module import Module
root=Path(sys.argv[1])
t=time.process_time(); found=sources.paths(root); loc=sources.LocalNames(root,found)
print(len(found), time.process_time()-t)
src=[s for p in found if isinstance(s:=sources.read(root,p),sources.Source)]
py=[s for s in src if s.kind=="python"]
print(len(py), sum(s.content.count(b"\n") for s in py), time.process_time()-t)
import ast
t=time.process_time()
for s in py: ast.parse(s.content)
print("parse", time.process_time()-t)
t=time.process_time()
for s in py: Module(s, loc.near(s.path))
print("module", time.process_time()-t)
t=time.process_time(); n=0; k=0
for s in py:
    m=Module(s, loc.near(s.path))
    for c in (c for x in list(m._calls.values()) for c in x):
        n+=1; k+=bool(m.meaning(c))
print("meanings", n,k, time.process_time()-t)
