// What a worker runs.

import './prototypes.js'
import { usedNative } from '../paged/native.js'
import { jobs } from './jobs.js'
import { serve } from './serve.js'

serve(jobs, usedNative)
