-- Each request is another comment in one of a hundred threads.
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
  n = n + 1
  local body = string.format(
    '{"thread":{"key":"https://bench.example/post/%d","title":"A page"},"author":{"name":"Reader %d"},' ..
    '"text":"Comment number %d has **some** words, a quotation and a list of things to say about the house."}',
    n % 100, n % 30, n)
  return wrk.format("POST", nil, nil, body)
end
