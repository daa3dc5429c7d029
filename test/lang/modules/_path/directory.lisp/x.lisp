:in
